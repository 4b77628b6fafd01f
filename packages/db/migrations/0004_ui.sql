CREATE TABLE "workspace_usage" (
	"organization_id" uuid NOT NULL,
	"workspace_id" uuid NOT NULL,
	"step_seconds" integer NOT NULL,
	"slot" integer NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"samples" jsonb NOT NULL,
	"machine" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "workspace_usage_workspace_id_step_seconds_slot_pk" PRIMARY KEY("workspace_id","step_seconds","slot")
);
--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "monthly_budget_micros" bigint;--> statement-breakpoint
ALTER TABLE "workspace_usage" ADD CONSTRAINT "workspace_usage_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspace_usage" ADD CONSTRAINT "workspace_usage_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_workspace_usage_organization" ON "workspace_usage" USING btree ("organization_id");