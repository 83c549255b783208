-- Storage version 2. Ids that no longer lie among the newest are sorted by hash, so that a few of them are found without
-- reading the others, and the filter of them is made from the column hi at a start. What version 1 sealed is still in
-- event_id, and is moved like everything else.

CREATE TABLE event_id_sorted (day INTEGER NOT NULL, hi UBIGINT NOT NULL, lo UBIGINT NOT NULL);
DROP TABLE event_id_segment;
