//! Panels: their pictures, and categories that come from the bot before.

use super::desk::Desk;
use crate::world::World;

on_both_worlds! {
    a_panel_has_a_picture_that_can_be_taken_away
    categories_of_the_bot_before_are_taken_over_whole_and_what_is_not_is_said
}

/// A PNG of one pixel.
const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xff\xff?\0\x05\xfe\x02\xfe\xa75\x81\x84\0\0\0\0IEND\xaeB`\x82";

async fn a_panel_has_a_picture_that_can_be_taken_away(world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let (pixel, text) = (world.path("pixel.png"), world.path("no-picture.png"));
    std::fs::write(&pixel, PIXEL).unwrap();
    std::fs::write(&text, "<svg/>").unwrap();
    let edit = |file: &std::path::Path| format!("/ticket panel edit panel:help picture:@{}", file.display());
    let wrong = desk.admin.ask(&edit(&text)).await;
    assert!(wrong.text().contains("is no picture"), "{}", wrong.text());
    desk.admin.ask(&edit(&pixel)).await.until("Changed").await;
    let attached = async |is_there: bool| {
        let is_so = async {
            loop {
                let panel = desk.panel(&desk.member).await.message();
                let has = panel.raw["attachments"].as_array().is_some_and(|files| !files.is_empty());
                if has == is_there {
                    return panel;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(crate::world::SOON, is_so).await.expect("its picture is there, or is gone")
    };
    let panel = attached(true).await;
    assert!(panel.raw["components"].to_string().contains("panel.png"), "{}", panel.raw);
    let preview = desk.admin.ask("/ticket panel preview panel:help").await;
    assert_eq!(preview.file().await, PIXEL);
    desk.admin.ask("/ticket panel edit panel:help keep_picture:false").await.until("Changed").await;
    attached(false).await;
    world.end().await;
}

async fn categories_of_the_bot_before_are_taken_over_whole_and_what_is_not_is_said(world: World) {
    let desk = Desk::with_billing(&world, "").await;
    let file = world.path("categories.json");
    let import = format!("/ticket panel import panel:help staff:@Helpers file:@{}", file.display());
    std::fs::write(&file, "{ no").unwrap();
    let wrong = desk.admin.ask(&import).await.text();
    assert!(wrong.contains("cannot be read") && wrong.contains("Nothing was changed"), "{wrong}");
    let list = serde_json::json!({ "categories": [
        { "name": "Refunds", "sortOrder": 2, "description": "Money back", "buttonStyle": "PRIMARY" },
        { "name": "Shipping", "sortOrder": 1, "emoji": "📦", "requiresRole": world.guild().to_string() },
        { "name": "Returns", "emoji": "📦" },
        { "name": "billing" },
        { "name": "Old", "enabled": false },
    ] });
    std::fs::write(&file, list.to_string()).unwrap();
    let refused = desk.member.ask(&import).await;
    assert!(refused.text().contains("You may not"), "{}", refused.text());
    let taken = desk.admin.ask(&import).await;
    assert!(taken.is_private());
    assert_shown!(taken.masked(), @r"
    ✓ **Took over** 2 categories
    panel `help`
    `Refunds`, `Returns`
    – `Shipping` was not taken: `requiresRole` is everybody
    – `Refunds` without that: `buttonStyle`: buttons of a panel look alike
    – `billing` was not taken: there is one of that name
    – `Old` was not taken: it is turned off there
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let offered = async {
        while desk.panel(&desk.member).await.buttons() != ["Billing", "Refunds", "Returns"] {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(crate::world::SOON, offered).await.expect("the panel offers them");
    desk.opens(&desk.member, "Refunds").await;
    world.end().await;
}
