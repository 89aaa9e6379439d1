-- The oldest program that may still use this database, by the number of its newest migration. Keep side by side with
-- ../sqlite/0005_oldest_program.sql.
-- A migration that only adds leaves it: programs of before go on beside newer ones. One that takes something away, or asks
-- for more, sets it to the first schema whose programs do without: UPDATE oldest_program SET number = …

CREATE TABLE oldest_program (
    id     BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL CHECK (number > 0)
);

INSERT INTO oldest_program (id, number) VALUES (1, 1);
