//! Videos of YouTube that are or may become live.

use base::{Millis, Result};

use super::{at, text};
use crate::{Store, lost};

/// A video, and when it is asked about next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Video {
    /// Its id.
    pub id: String,
    /// Its channel's row.
    pub stream_channel: String,
    /// When it is asked about next; none where it is of no more interest.
    pub look_at: Option<Millis>,
    /// When it is to begin.
    pub scheduled: Option<Millis>,
}

impl Store {
    /// Notes videos that a feed or a hub told of: those that are new are asked about at once. The answer is how many are.
    pub async fn note_stream_videos(&self, channel: &str, ids: &[String]) -> Result<u64> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let mut new = 0;
        for id in ids {
            let done = sqlx::query(
                "insert into stream_videos (video_id, stream_channel, look_at, found_at) values ($1, $2, $3, $3)
                 on conflict (video_id) do nothing",
            )
            .bind(text(id))
            .bind(channel)
            .bind(self.clock.now().0)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
            new += done.rows_affected();
        }
        all.commit().await.map_err(lost)?;
        Ok(new)
    }

    /// A video is asked about at once: something was heard of it.
    pub async fn hasten_stream_video(&self, id: &str) -> Result<()> {
        sqlx::query("update stream_videos set look_at = $1 where video_id = $2 and (look_at is null or look_at > $1)")
            .bind(self.clock.now().0)
            .bind(id)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Videos to be asked about by then, those that wait longest first.
    pub async fn stream_videos_due(&self, by: Millis, most: i64) -> Result<Vec<Video>> {
        let rows: Vec<(String, String, Option<i64>, Option<i64>)> = sqlx::query_as(
            "select video_id, stream_channel, look_at, scheduled_at from stream_videos
             where look_at <= $1 order by look_at, video_id limit $2",
        )
        .bind(by.0)
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let read = |(id, stream_channel, look, scheduled): (String, String, Option<i64>, Option<i64>)| Video {
            id,
            stream_channel,
            look_at: at(look),
            scheduled: at(scheduled),
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// What became known of videos: when each is asked about next.
    pub async fn keep_stream_videos(&self, videos: &[Video]) -> Result<()> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        for video in videos {
            sqlx::query("update stream_videos set look_at = $1, scheduled_at = $2 where video_id = $3")
                .bind(video.look_at.map(|at| at.0))
                .bind(video.scheduled.map(|at| at.0))
                .bind(&video.id)
                .execute(&mut *all)
                .await
                .map_err(lost)?;
        }
        all.commit().await.map_err(lost)
    }
}
