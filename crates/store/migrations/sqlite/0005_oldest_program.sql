-- The oldest program that may still use this database, by the number of its newest migration. Keep side by side with
-- ../postgres/0005_oldest_program.sql.
-- A migration that only adds leaves it: programs of before go on beside newer ones. One that takes something away, or asks
-- for more, sets it to the first schema whose programs do without: UPDATE oldest_program SET number = …

CREATE TABLE oldest_program (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL CHECK (number > 0)
) STRICT;

INSERT INTO oldest_program (id, number) VALUES (1, 1);
