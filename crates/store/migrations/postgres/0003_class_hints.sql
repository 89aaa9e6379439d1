-- Whether errors are explained to the students of a class. Keep side by side with ../sqlite/0003_class_hints.sql.
-- With a default: the version before, which may run beside this one, makes classes without it.

ALTER TABLE classes ADD COLUMN hints BOOLEAN NOT NULL DEFAULT TRUE;
