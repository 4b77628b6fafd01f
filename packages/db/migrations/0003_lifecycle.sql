CREATE TABLE "monthly_costs" (
	"organization_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"month" varchar(7) NOT NULL,
	"micros" bigint NOT NULL,
	CONSTRAINT "monthly_costs_organization_id_user_id_month_pk" PRIMARY KEY("organization_id","user_id","month")
);
--> statement-breakpoint
CREATE TABLE "workspace_leftovers" (
	"workspace_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"provider" varchar(20) NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "workspace_lifecycles" (
	"workspace_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"idle_minutes" integer,
	"schedule" jsonb,
	"schedule_set_at" timestamp (3) with time zone,
	"keep_until" timestamp (3) with time zone,
	"stops_at" timestamp (3) with time zone,
	"stop_reason" text,
	"terminal_at" timestamp (3) with time zone,
	"command_at" timestamp (3) with time zone,
	"ports_at" timestamp (3) with time zone,
	"chat_at" timestamp (3) with time zone,
	"ai_at" timestamp (3) with time zone,
	"cpu_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "monthly_costs" ADD CONSTRAINT "monthly_costs_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "monthly_costs" ADD CONSTRAINT "monthly_costs_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspace_leftovers" ADD CONSTRAINT "workspace_leftovers_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspace_lifecycles" ADD CONSTRAINT "workspace_lifecycles_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspace_lifecycles" ADD CONSTRAINT "workspace_lifecycles_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_monthly_costs_user" ON "monthly_costs" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "idx_workspace_leftovers_organization" ON "workspace_leftovers" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "idx_workspace_lifecycles_organization" ON "workspace_lifecycles" USING btree ("organization_id");