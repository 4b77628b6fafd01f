DROP INDEX "idx_messages_search";--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "line_change" jsonb;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "budget_micros" bigint;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "words" "tsvector" GENERATED ALWAYS AS (case when metadata ->> 'state' = 'running' then null else to_tsvector('simple', content) end) STORED;--> statement-breakpoint
CREATE INDEX "idx_messages_words" ON "messages" USING gin ("words");