CREATE TABLE "dotfiles" (
	"user_id" uuid NOT NULL,
	"organization_id" uuid NOT NULL,
	"repository_url" text NOT NULL,
	"install_script" varchar(255),
	CONSTRAINT "dotfiles_user_id_organization_id_pk" PRIMARY KEY("user_id","organization_id")
);
--> statement-breakpoint
CREATE TABLE "git_logins" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"organization_id" uuid NOT NULL,
	"origin" varchar(512) NOT NULL,
	"path" varchar(1024) NOT NULL,
	"username" varchar(255) NOT NULL,
	"sealed_token" text NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "git_logins_scope_key" UNIQUE("user_id","organization_id","origin","path")
);
--> statement-breakpoint
CREATE TABLE "pool_members" (
	"workspace_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"template_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "template_pools" (
	"template_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"size" integer NOT NULL,
	"max_age_hours" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "workspace_snapshots" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"organization_id" uuid NOT NULL,
	"workspace_id" uuid NOT NULL,
	"owner_id" uuid NOT NULL,
	"workspace_name" varchar(63) NOT NULL,
	"name" varchar(100) NOT NULL,
	"kind" varchar(20) NOT NULL,
	"size_bytes" bigint NOT NULL,
	"unpacked_bytes" bigint NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
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
ALTER TABLE "projects" ADD COLUMN "clone_options" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "workspace_lifecycles" ADD COLUMN "dormant_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "workspace_lifecycles" ADD COLUMN "woken_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "workspace_lifecycles" ADD COLUMN "deletes_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "dotfiles" ADD CONSTRAINT "dotfiles_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dotfiles" ADD CONSTRAINT "dotfiles_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "git_logins" ADD CONSTRAINT "git_logins_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "git_logins" ADD CONSTRAINT "git_logins_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pool_members" ADD CONSTRAINT "pool_members_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pool_members" ADD CONSTRAINT "pool_members_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pool_members" ADD CONSTRAINT "pool_members_template_id_templates_id_fk" FOREIGN KEY ("template_id") REFERENCES "public"."templates"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "template_pools" ADD CONSTRAINT "template_pools_template_id_templates_id_fk" FOREIGN KEY ("template_id") REFERENCES "public"."templates"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "template_pools" ADD CONSTRAINT "template_pools_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspace_snapshots" ADD CONSTRAINT "workspace_snapshots_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspace_snapshots" ADD CONSTRAINT "workspace_snapshots_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspace_usage" ADD CONSTRAINT "workspace_usage_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspace_usage" ADD CONSTRAINT "workspace_usage_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_dotfiles_organization" ON "dotfiles" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "idx_git_logins_organization" ON "git_logins" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "idx_pool_members_organization" ON "pool_members" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "idx_pool_members_template" ON "pool_members" USING btree ("template_id");--> statement-breakpoint
CREATE INDEX "idx_template_pools_organization" ON "template_pools" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "idx_workspace_snapshots_organization" ON "workspace_snapshots" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "idx_workspace_snapshots_owner" ON "workspace_snapshots" USING btree ("owner_id");--> statement-breakpoint
CREATE UNIQUE INDEX "workspace_snapshots_name_key" ON "workspace_snapshots" USING btree ("workspace_id","name");--> statement-breakpoint
CREATE INDEX "idx_workspace_usage_organization" ON "workspace_usage" USING btree ("organization_id");