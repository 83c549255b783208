-- Storage version 3. A commit appends one kind of row instead of two, with half of the columns: calls that have the same
-- keys, outcome and histogram slot. What queries and folds read, usage_delta and latency_delta, are views of it.

-- Moves what was not folded yet into the sorted rollups.
CREATE TEMP TABLE unfolded_usage AS SELECT * REPLACE (CASE WHEN bucket < (
    SELECT coalesce(max(value), 0) // 60000 FROM setting WHERE name = 'minute_watermark'
  ) THEN bucket - bucket % 15 ELSE bucket END AS bucket) FROM usage_delta;
CREATE TEMP TABLE unfolded_latency AS SELECT * REPLACE (CASE WHEN bucket < (
    SELECT coalesce(max(value), 0) // 60000 FROM setting WHERE name = 'minute_watermark'
  ) THEN bucket - bucket % 15 ELSE bucket END AS bucket) FROM latency_delta;
INSERT INTO usage_fine BY NAME FROM unfolded_usage ORDER BY organization, client_id, bucket;
INSERT INTO usage_day BY NAME
  SELECT * EXCLUDE (user_id) REPLACE (bucket - bucket % 1440 AS bucket) FROM unfolded_usage
  ORDER BY organization, client_id, bucket;
INSERT INTO latency_fine BY NAME FROM unfolded_latency ORDER BY organization, client_id, bucket;
INSERT INTO latency_day BY NAME
  SELECT * REPLACE (bucket - bucket % 1440 AS bucket) FROM unfolded_latency ORDER BY organization, client_id, bucket;
INSERT INTO rollup_month
  SELECT rollup, year(epoch_ms(bucket::BIGINT * 60000)) * 12 + month(epoch_ms(bucket::BIGINT * 60000)) - 1 AS month,
    count(*), count(*)
  FROM (
    SELECT bucket, unnest(['usage_fine', 'usage_day']) AS rollup FROM unfolded_usage
    UNION ALL SELECT bucket, unnest(['latency_fine', 'latency_day']) AS rollup FROM unfolded_latency
  ) GROUP BY ALL;
DROP TABLE unfolded_usage;
DROP TABLE unfolded_latency;
DROP TABLE usage_delta;
DROP TABLE latency_delta;

-- Appended by commits. `status` is 429 or the class's first, 200; `slot` is -1, and a sum is, when no call told a value.
-- Sums are whole numbers of at most 2^53, as DOUBLE because that is how the thread that counts has them; calls that would
-- come to more have a row of their own.
CREATE TABLE call_delta (
  organization INTEGER NOT NULL, bucket INTEGER NOT NULL, client_id INTEGER NOT NULL, user_id INTEGER NOT NULL,
  template_uri INTEGER NOT NULL, http_method INTEGER NOT NULL, platform INTEGER NOT NULL,
  status SMALLINT NOT NULL, slot SMALLINT NOT NULL, requests INTEGER NOT NULL,
  request_bytes DOUBLE NOT NULL, response_bytes DOUBLE NOT NULL,
  duration_micros DOUBLE NOT NULL, duration_max_micros DOUBLE NOT NULL
);
-- The columns of usage_fine, and where the row stands in call_delta.
CREATE VIEW usage_delta AS SELECT
  organization, bucket, client_id, user_id, template_uri, http_method, platform,
  requests::BIGINT AS requests,
  CASE WHEN status = 200 THEN requests ELSE 0 END::BIGINT AS status200,
  CASE WHEN status = 300 THEN requests ELSE 0 END::BIGINT AS status300,
  CASE WHEN status IN (400, 429) THEN requests ELSE 0 END::BIGINT AS status400,
  CASE WHEN status = 429 THEN requests ELSE 0 END::BIGINT AS status429,
  CASE WHEN status = 500 THEN requests ELSE 0 END::BIGINT AS status500,
  CASE WHEN request_bytes >= 0 THEN request_bytes::BIGINT & 4294967295 END AS request_bytes,
  CASE WHEN request_bytes >= 0 THEN request_bytes::BIGINT >> 32 END AS request_bytes_high,
  CASE WHEN response_bytes >= 0 THEN response_bytes::BIGINT & 4294967295 END AS response_bytes,
  CASE WHEN response_bytes >= 0 THEN response_bytes::BIGINT >> 32 END AS response_bytes_high,
  CASE WHEN slot >= 0 THEN duration_micros::BIGINT & 4294967295 END AS duration_micros,
  CASE WHEN slot >= 0 THEN duration_micros::BIGINT >> 32 END AS duration_micros_high,
  CASE WHEN slot >= 0 THEN requests ELSE 0 END::BIGINT AS duration_count,
  CASE WHEN slot >= 0 THEN duration_max_micros::BIGINT END AS duration_max_micros,
  rowid AS call
  FROM call_delta;
-- The columns of latency_fine.
CREATE VIEW latency_delta AS SELECT
  organization, bucket, client_id, template_uri, http_method, platform, slot::INTEGER AS slot, requests::BIGINT AS calls,
  rowid AS call
  FROM call_delta WHERE slot >= 0;
