ALTER TABLE "pipeline_jobs" ADD COLUMN "machine_id" uuid;--> statement-breakpoint
ALTER TABLE "pipeline_logs" ADD COLUMN "created_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
CREATE INDEX "idx_pipeline_jobs_machine" ON "pipeline_jobs" USING btree ("machine_id") WHERE "pipeline_jobs"."machine_id" is not null;