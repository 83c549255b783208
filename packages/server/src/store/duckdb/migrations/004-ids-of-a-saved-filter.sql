-- Storage version 4. The filter of ids is kept in a file beside the database, and read at a start instead of the ids. So
-- that a start knows which ids are in it, sorted ids keep the number of the last segment that was moved with them.

ALTER TABLE event_id_sorted ADD COLUMN segment INTEGER DEFAULT 0;
-- At most one row: the file's number and what it has. All ids of segments before `segment` are in it, unless they arrived
-- up to the day `not_held`; days as of the day `newest` that are no longer remembered for `dedupe_days` may be missing.
CREATE TABLE event_id_filter (
  number INTEGER NOT NULL, segment INTEGER NOT NULL, newest INTEGER NOT NULL, dedupe_days INTEGER NOT NULL,
  not_held INTEGER NOT NULL, runs INTEGER NOT NULL, checksum BIGINT NOT NULL
);
