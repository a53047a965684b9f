//! A certificate that runs out starts the runbook that renews it.

use peers::Tls;

use super::{import, tell_ops};
use crate::world::World;

on_both_worlds! {
    a_probe_of_a_certificate_that_runs_out_starts_the_runbook_whose_file_wants_that
}

const RENEW: &str = "name: Renew
cooldownMinutes: 10
triggers:
  - {type: threshold, target: certificate, operator: lt, value: 14}
steps:
  - {name: Say, type: notify, params: {message: \"{{domain}} of {{subject}}: {{value}}\"}}
";

async fn a_probe_of_a_certificate_that_runs_out_starts_the_runbook_whose_file_wants_that(world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    tell_ops(&world).await;
    let mut shop = Tls::start(90);
    // Where nothing looks at a certificate it is told what would.
    let shown = import(&world, &admin, &RENEW.replace("Renew", "Mend")).await;
    assert!(shown.text().contains("give a probe of a certificate `runbook:mend`"), "{}", shown.text());
    assert_eq!(shown.buttons(), [""; 0]);

    let set = format!("/probe set name:shop kind:certificate target:{} warn:21 every:1h", shop.address());
    admin.ask(&set).await.until("Made").await;
    admin.ask("/probe test probe:shop").await.until("its certificate ends in 89 days").await;
    let shown = import(&world, &admin, RENEW).await;
    assert_shown!(shown.masked(), @r"
    ✓ **Imported** runbook `renew`
    version `1` · 1 step
    To be given when it is run: `domain`, `subject`, `value`
    Wants to run when `certificate lt 14`: a press has it run by itself when the certificate of shop ends in 21 days or less.
    `/runbook dry-run` shows what each step would do; nothing runs by itself before an alert rule names it.
    Run it when the certificate of shop ends in 21 days or less
    -# file f1ddc104943f · ref REFERENCE · by <@…> · <t:…:R>
    ");
    let refused = shown.seen_by(&member).await.try_press(&member, "Run it when").await.unwrap().answer().await;
    assert!(refused.is_private() && refused.text().contains("probe.set"), "{}", refused.text());
    shown.press(&admin, "Run it when").await;
    assert_shown!(admin.sees("Changed** probe").await.masked().replace(&shop.address(), "SHOP"), @r"
    ✓ **Changed** probe `shop`
    certificate `ADDRESS` · every 1 h
    Runs runbook `renew` when it opens.
    It is asked at once, from the machine I run on.
    Probes
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    shop.renew(5);
    admin.ask("/probe test probe:shop").await.until("its certificate ends in 4 days").await;
    admin.sees("127.0.0.1 of shop: its certificate ends in 4 days").await;
    let is_done = |text: &str| text.contains("Completed") && text.contains("Alert shop");
    assert_shown!(admin.sees_where("the runbook's last word", is_done).await.masked(), @r"
    ✓ **Completed** runbook `renew`
    1 of 1 step done · after TIME
    ✓ `Say`  in <#…>
    Run again
    -# ref REFERENCE · `Alert shop` for <@…>
    ");
    world.end().await;
}
