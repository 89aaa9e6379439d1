-- Whether errors are explained to the students of a class. Keep side by side with ../postgres/0003_class_hints.sql.
-- With a default: the version before, which may run beside this one, makes classes without it.

ALTER TABLE classes ADD COLUMN hints INTEGER NOT NULL DEFAULT 1 CHECK (hints IN (0, 1));
