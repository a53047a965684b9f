//! A channel's feed, which costs no quota: its newest videos, and what a hub pushes of it.

use roxmltree::Document;

use super::YouTube;
use crate::{Answered, Failure, failure::found};

/// Videos that one feed may name; YouTube names 15.
const MOST: usize = 50;
const ATOM: &str = "http://www.w3.org/2005/Atom";
const YT: &str = "http://www.youtube.com/xml/schemas/2015";
const TOMBSTONES: &str = "http://purl.org/atompub/tombstones/1.0";

/// What a feed says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feed {
    /// The channel's name, where it says so.
    pub name: Option<String>,
    /// Its newest videos, each with its channel.
    pub videos: Vec<(String, String)>,
}

impl YouTube {
    /// A channel's feed; none where there is no such channel.
    pub async fn feed(&self, channel: &str) -> Answered<Option<Feed>> {
        let request = self.web.get(self.hosts.www.at("feeds/videos.xml")).query(&[("channel_id", channel)]);
        let Some(answer) = found(self.web.send(request).await)? else { return Ok(None) };
        let text = std::str::from_utf8(&answer.body).map_err(|_| Failure::NotUnderstood("its feed is no text"))?;
        read(text).map(Some).ok_or(Failure::NotUnderstood("its feed is not what it used to be"))
    }

    /// What a feed is called, where its hub is asked for it.
    pub fn topic(&self, channel: &str) -> String {
        // Always YouTube's own: a hub knows it by no other name.
        format!("https://www.youtube.com/xml/feeds/videos.xml?channel_id={channel}")
    }
}

/// Reads a feed; none where it is none.
pub fn read(text: &str) -> Option<Feed> {
    let document = Document::parse(text).ok()?;
    let feed = document.root_element();
    if !feed.has_tag_name((ATOM, "feed")) {
        return None;
    }
    let named = |node: roxmltree::Node<'_, '_>, name: (&str, &str)| {
        let child = node.children().find(|child| child.has_tag_name(name))?;
        child.text().map(|text| text.trim().chars().take(200).collect::<String>())
    };
    let entries = feed.children().filter(|child| child.has_tag_name((ATOM, "entry")));
    let videos = entries.filter_map(|entry| {
        let (video, channel) = (named(entry, (YT, "videoId"))?, named(entry, (YT, "channelId"))?);
        (is_id(&video) && is_id(&channel)).then_some((video, channel))
    });
    let videos = videos.take(MOST).collect();
    // What was deleted is told of as such, and is asked about by nobody.
    let is_known = feed.children().any(|child| child.has_tag_name((TOMBSTONES, "deleted-entry")));
    let name = named(feed, (ATOM, "title")).filter(|_| !is_known);
    Some(Feed { name, videos })
}

/// What can be an id of YouTube's.
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_feed_names_its_newest_videos_and_no_others() {
        let feed = read(
            r#"<?xml version="1.0"?><feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns="http://www.w3.org/2005/Atom">
            <title>Ada</title><entry><yt:videoId>abc-_1</yt:videoId><yt:channelId>UC1</yt:channelId><title>&lt;b&gt;</title></entry>
            <entry><yt:videoId>bad id</yt:videoId><yt:channelId>UC1</yt:channelId></entry><entry/></feed>"#,
        );
        let videos = vec![("abc-_1".to_owned(), "UC1".to_owned())];
        assert_eq!(feed, Some(Feed { name: Some("Ada".to_owned()), videos }));
        assert_eq!(read("<html/>"), None);
        // A text that grows as it is read is refused.
        let bomb = "<!DOCTYPE a [<!ENTITY b \"x\"><!ENTITY c \"&b;&b;\">]><feed xmlns=\"http://www.w3.org/2005/Atom\">&c;</feed>";
        assert_eq!(read(bomb), None);
    }

    proptest! {
        #[test]
        fn no_feed_is_too_odd_to_be_read(text in "(<[a-z:/ =\"]{0,12}>|[^<]{0,8}){0,24}") {
            let _ = read(&text);
        }
    }
}
