CREATE TABLE "left_names" (
	"slug" varchar(63) PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL
);
