CREATE TABLE "forge_deliveries" (
	"project_id" uuid NOT NULL,
	"id" varchar(128) NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "forge_deliveries_project_id_id_pk" PRIMARY KEY("project_id","id")
);
--> statement-breakpoint
CREATE TABLE "forge_links" (
	"project_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"state" varchar(20) DEFAULT 'waiting' NOT NULL,
	"detail" text,
	"diverged" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"held_until" timestamp (3) with time zone,
	"asked" integer DEFAULT 0 NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"hook_id" integer,
	"is_signed" boolean DEFAULT false NOT NULL,
	"last_hook_at" timestamp (3) with time zone,
	"pipelines_until" timestamp (3) with time zone NOT NULL,
	"synced_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pipeline_artifacts" (
	"job_id" uuid NOT NULL,
	"sequence" integer NOT NULL,
	"piece" "bytea" NOT NULL,
	CONSTRAINT "pipeline_artifacts_job_id_sequence_pk" PRIMARY KEY("job_id","sequence")
);
--> statement-breakpoint
CREATE TABLE "pipeline_jobs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"organization_id" uuid NOT NULL,
	"pipeline_id" uuid NOT NULL,
	"external_id" varchar(64),
	"name" varchar(255) NOT NULL,
	"stage" varchar(63) NOT NULL,
	"position" integer NOT NULL,
	"status" varchar(20) NOT NULL,
	"may_fail" boolean DEFAULT false NOT NULL,
	"exit_code" integer,
	"error_message" text,
	"log_coverage" varchar(20) DEFAULT 'none' NOT NULL,
	"log_bytes" integer DEFAULT 0 NOT NULL,
	"artifact_bytes" bigint,
	"artifacts_expire_at" timestamp (3) with time zone,
	"observed_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "pipeline_logs" (
	"pipeline_id" uuid NOT NULL,
	"sequence" integer NOT NULL,
	"job_id" uuid NOT NULL,
	"text" text NOT NULL,
	CONSTRAINT "pipeline_logs_pipeline_id_sequence_pk" PRIMARY KEY("pipeline_id","sequence")
);
--> statement-breakpoint
CREATE TABLE "pipelines" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"organization_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"source" varchar(20) NOT NULL,
	"external_id" varchar(64),
	"external_url" text,
	"trigger" varchar(20) NOT NULL,
	"requested_by" uuid,
	"ref" varchar(255) NOT NULL,
	"commit" varchar(64) NOT NULL,
	"title" varchar(255),
	"status" varchar(20) NOT NULL,
	"stage" varchar(63),
	"error_message" text,
	"cancel_requested_at" timestamp (3) with time zone,
	"replica_id" uuid,
	"observed_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "projects" ADD COLUMN "builds_on_push" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "forge_deliveries" ADD CONSTRAINT "forge_deliveries_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "forge_links" ADD CONSTRAINT "forge_links_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "forge_links" ADD CONSTRAINT "forge_links_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pipeline_artifacts" ADD CONSTRAINT "pipeline_artifacts_job_id_pipeline_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."pipeline_jobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pipeline_jobs" ADD CONSTRAINT "pipeline_jobs_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pipeline_jobs" ADD CONSTRAINT "pipeline_jobs_pipeline_id_pipelines_id_fk" FOREIGN KEY ("pipeline_id") REFERENCES "public"."pipelines"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pipeline_logs" ADD CONSTRAINT "pipeline_logs_pipeline_id_pipelines_id_fk" FOREIGN KEY ("pipeline_id") REFERENCES "public"."pipelines"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pipeline_logs" ADD CONSTRAINT "pipeline_logs_job_id_pipeline_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."pipeline_jobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pipelines" ADD CONSTRAINT "pipelines_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pipelines" ADD CONSTRAINT "pipelines_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pipelines" ADD CONSTRAINT "pipelines_requested_by_users_id_fk" FOREIGN KEY ("requested_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pipelines" ADD CONSTRAINT "pipelines_replica_id_replicas_id_fk" FOREIGN KEY ("replica_id") REFERENCES "public"."replicas"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_forge_deliveries_received" ON "forge_deliveries" USING btree ("received_at");--> statement-breakpoint
CREATE INDEX "idx_forge_links_due" ON "forge_links" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "idx_forge_links_organization" ON "forge_links" USING btree ("organization_id","state");--> statement-breakpoint
CREATE UNIQUE INDEX "pipeline_jobs_position_key" ON "pipeline_jobs" USING btree ("pipeline_id","position");--> statement-breakpoint
CREATE INDEX "idx_pipeline_jobs_organization" ON "pipeline_jobs" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "idx_pipeline_jobs_expiry" ON "pipeline_jobs" USING btree ("artifacts_expire_at") WHERE "pipeline_jobs"."artifacts_expire_at" is not null;--> statement-breakpoint
CREATE INDEX "idx_pipeline_logs_job" ON "pipeline_logs" USING btree ("job_id");--> statement-breakpoint
CREATE UNIQUE INDEX "pipelines_number_key" ON "pipelines" USING btree ("project_id","number");--> statement-breakpoint
CREATE UNIQUE INDEX "pipelines_external_key" ON "pipelines" USING btree ("project_id","source","external_id");--> statement-breakpoint
CREATE INDEX "idx_pipelines_organization" ON "pipelines" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "idx_pipelines_requester" ON "pipelines" USING btree ("requested_by");--> statement-breakpoint
CREATE INDEX "idx_pipelines_replica" ON "pipelines" USING btree ("replica_id");--> statement-breakpoint
CREATE INDEX "idx_pipelines_open" ON "pipelines" USING btree ("status","created_at") WHERE "pipelines"."status" in ('queued', 'running');