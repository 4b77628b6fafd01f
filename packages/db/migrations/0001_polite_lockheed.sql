ALTER TABLE "agents" ADD COLUMN "address" varchar(64);--> statement-breakpoint
ALTER TABLE "enrolment_tokens" ADD COLUMN "for_key_id" varchar(43);