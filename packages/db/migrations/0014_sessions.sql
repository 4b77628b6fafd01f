CREATE TABLE "recording_chunks" (
	"session_id" uuid NOT NULL,
	"sequence" integer NOT NULL,
	"frames" "bytea" NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "recording_chunks_session_id_sequence_pk" PRIMARY KEY("session_id","sequence")
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"organization_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"user_name" varchar(255) NOT NULL,
	"token_id" uuid,
	"workspace_id" uuid,
	"workspace_name" varchar(255) NOT NULL,
	"kind" varchar(20) NOT NULL,
	"terminal_id" uuid,
	"address" varchar(64) NOT NULL,
	"correlation_id" varchar(64) NOT NULL,
	"replica_id" uuid,
	"started_at" timestamp (3) with time zone NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"end_reason" varchar(20),
	"ended_by" varchar(255),
	"bytes_in" bigint DEFAULT 0 NOT NULL,
	"bytes_out" bigint DEFAULT 0 NOT NULL,
	"certificate_until" timestamp (3) with time zone,
	"recording" varchar(20) DEFAULT 'none' NOT NULL,
	"recording_bytes" bigint DEFAULT 0 NOT NULL,
	"recording_removed_at" timestamp (3) with time zone,
	"recording_removed_for" varchar(20)
);
--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "recording_policy" jsonb;--> statement-breakpoint
ALTER TABLE "recording_chunks" ADD CONSTRAINT "recording_chunks_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_replica_id_replicas_id_fk" FOREIGN KEY ("replica_id") REFERENCES "public"."replicas"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_sessions_organization" ON "sessions" USING btree ("organization_id","started_at");--> statement-breakpoint
CREATE INDEX "idx_sessions_recorded" ON "sessions" USING btree ("organization_id","started_at") WHERE "sessions"."recording" <> 'none';--> statement-breakpoint
CREATE INDEX "idx_sessions_open" ON "sessions" USING btree ("started_at") WHERE "sessions"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "idx_sessions_replica" ON "sessions" USING btree ("replica_id") WHERE "sessions"."replica_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_sessions_user" ON "sessions" USING btree ("user_id","started_at");--> statement-breakpoint
CREATE INDEX "idx_sessions_workspace" ON "sessions" USING btree ("workspace_id");