-- Storage version 1. Keys are small integers and no table has an index: a row of usage is appended, sorted and merged
-- later, never looked up one by one (design.md 4). A bucket is the minutes since 1970 (UTC) at which it starts.

CREATE TABLE setting (name VARCHAR NOT NULL, value BIGINT NOT NULL);
CREATE TABLE secret (name VARCHAR NOT NULL, value BLOB NOT NULL);

-- A row without organization_id is an organization that was erased; its number is never given again.
CREATE TABLE organization (id INTEGER NOT NULL, organization_id VARCHAR);
-- Event time of the newest counted event, milliseconds; the greatest row counts, folds leave one.
CREATE TABLE organization_newest (organization INTEGER NOT NULL, event_time BIGINT NOT NULL);

-- What the ids in the rollups stand for; 0 is always "", a missing value. For the dimensions' numbers see columns.ts.
CREATE TABLE dimension_value (
  organization INTEGER NOT NULL, dimension UTINYINT NOT NULL, id INTEGER NOT NULL, value VARCHAR NOT NULL
);
-- Names that events gave; the greatest (event_time, name) counts, folds leave one.
CREATE TABLE client_name (
  organization INTEGER NOT NULL, client_id INTEGER NOT NULL, event_time BIGINT NOT NULL, name VARCHAR NOT NULL
);
CREATE TABLE authorized_client (organization INTEGER NOT NULL, client_id INTEGER NOT NULL);

-- Appended by commits. A sum that may pass 64 bits is x_high * 2^32 + x; x is NULL when no call told a value.
CREATE TABLE usage_delta (
  organization INTEGER NOT NULL, bucket INTEGER NOT NULL, client_id INTEGER NOT NULL, user_id INTEGER NOT NULL,
  template_uri INTEGER NOT NULL, http_method INTEGER NOT NULL, platform INTEGER NOT NULL,
  requests BIGINT NOT NULL, status200 BIGINT NOT NULL, status300 BIGINT NOT NULL, status400 BIGINT NOT NULL,
  status429 BIGINT NOT NULL, status500 BIGINT NOT NULL,
  request_bytes BIGINT, request_bytes_high BIGINT, response_bytes BIGINT, response_bytes_high BIGINT,
  duration_micros BIGINT, duration_micros_high BIGINT, duration_count BIGINT NOT NULL, duration_max_micros BIGINT
);
-- Folded and sorted by (month, organization, client, bucket).
CREATE TABLE usage_fine AS FROM usage_delta LIMIT 0;
-- The same sums by UTC day, without the user.
CREATE TABLE usage_day AS SELECT * EXCLUDE (user_id) FROM usage_delta LIMIT 0;

-- Durations as counts of histogram slots (domain/histogram.ts), not by user.
CREATE TABLE latency_delta (
  organization INTEGER NOT NULL, bucket INTEGER NOT NULL, client_id INTEGER NOT NULL, template_uri INTEGER NOT NULL,
  http_method INTEGER NOT NULL, platform INTEGER NOT NULL, slot INTEGER NOT NULL, calls BIGINT NOT NULL
);
CREATE TABLE latency_fine AS FROM latency_delta LIMIT 0;
CREATE TABLE latency_day AS FROM latency_delta LIMIT 0;

-- How much of a month was appended to a sorted table since the month was last written as a whole.
CREATE TABLE rollup_month (
  rollup VARCHAR NOT NULL, month INTEGER NOT NULL, row_count BIGINT NOT NULL, appended BIGINT NOT NULL
);

-- Identities of counted events, by the UTC day on which they arrived; a segment is a run of them (event-ids/).
CREATE TABLE event_id (segment INTEGER NOT NULL, day INTEGER NOT NULL, hi UBIGINT NOT NULL, lo UBIGINT NOT NULL);
CREATE TABLE event_id_segment (
  segment INTEGER NOT NULL, day INTEGER NOT NULL, ids BIGINT NOT NULL, filter BLOB NOT NULL
);
