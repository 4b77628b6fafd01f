CREATE TABLE "agent_rollout_members" (
	"rollout_id" uuid NOT NULL,
	"workspace_id" uuid NOT NULL,
	"organization_id" uuid NOT NULL,
	"stage" integer NOT NULL,
	"state" varchar(10) DEFAULT 'waiting' NOT NULL,
	"from_version" varchar(64) NOT NULL,
	"target_version" varchar(64) NOT NULL,
	"reason" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "agent_rollout_members_rollout_id_workspace_id_pk" PRIMARY KEY("rollout_id","workspace_id")
);
--> statement-breakpoint
CREATE TABLE "agent_rollouts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"organization_id" uuid NOT NULL,
	"version" varchar(64) NOT NULL,
	"kind" varchar(10) NOT NULL,
	"state" varchar(20) NOT NULL,
	"stages" jsonb NOT NULL,
	"stage" integer DEFAULT 0 NOT NULL,
	"max_failures" integer NOT NULL,
	"hours" jsonb,
	"reason" text,
	"created_by" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "agent_rollout_members" ADD CONSTRAINT "agent_rollout_members_rollout_id_agent_rollouts_id_fk" FOREIGN KEY ("rollout_id") REFERENCES "public"."agent_rollouts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agent_rollout_members" ADD CONSTRAINT "agent_rollout_members_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agent_rollout_members" ADD CONSTRAINT "agent_rollout_members_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agent_rollouts" ADD CONSTRAINT "agent_rollouts_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agent_rollouts" ADD CONSTRAINT "agent_rollouts_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_agent_rollout_members_workspace" ON "agent_rollout_members" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "idx_agent_rollout_members_organization" ON "agent_rollout_members" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "idx_agent_rollout_members_state" ON "agent_rollout_members" USING btree ("rollout_id","state","stage");--> statement-breakpoint
CREATE INDEX "idx_agent_rollouts_organization" ON "agent_rollouts" USING btree ("organization_id","created_at");--> statement-breakpoint
CREATE INDEX "idx_agent_rollouts_creator" ON "agent_rollouts" USING btree ("created_by");