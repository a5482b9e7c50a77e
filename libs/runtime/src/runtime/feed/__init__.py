"""The session feed: what clients see as it happens. One capped, expiring stream per session."""

from runtime.feed.follower import QUEUE_SIZE
from runtime.feed.reader import READS_FEEDS, FeedGapError, FeedItem, FeedReader
from runtime.feed.writer import WRITES_FEEDS, FeedWrite, FeedWriter, feed_write

__all__ = [
    "QUEUE_SIZE",
    "READS_FEEDS",
    "WRITES_FEEDS",
    "FeedGapError",
    "FeedItem",
    "FeedReader",
    "FeedWrite",
    "FeedWriter",
    "feed_write",
]
