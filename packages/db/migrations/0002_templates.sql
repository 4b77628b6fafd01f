CREATE TABLE "template_versions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"organization_id" uuid NOT NULL,
	"template_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"message" varchar(500) DEFAULT '' NOT NULL,
	"readme" text DEFAULT '' NOT NULL,
	"definition" jsonb NOT NULL,
	"source" jsonb NOT NULL,
	"created_by" uuid,
	"archived_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "workspaces" DROP CONSTRAINT "workspaces_template_id_templates_id_fk";
--> statement-breakpoint
DROP INDEX "templates_name_version_key";--> statement-breakpoint
ALTER TABLE "templates" ADD COLUMN "display_name" varchar(100) NOT NULL;--> statement-breakpoint
ALTER TABLE "templates" ADD COLUMN "icon" varchar(16) NOT NULL;--> statement-breakpoint
ALTER TABLE "templates" ADD COLUMN "description" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "templates" ADD COLUMN "deprecation" text;--> statement-breakpoint
ALTER TABLE "templates" ADD COLUMN "active_version" integer;--> statement-breakpoint
ALTER TABLE "templates" ADD COLUMN "updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "template_version" integer;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "template_values" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "template_before" jsonb;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "next_start" jsonb;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "start_script" text;--> statement-breakpoint
ALTER TABLE "template_versions" ADD CONSTRAINT "template_versions_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "template_versions" ADD CONSTRAINT "template_versions_template_id_templates_id_fk" FOREIGN KEY ("template_id") REFERENCES "public"."templates"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "template_versions" ADD CONSTRAINT "template_versions_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "template_versions_number_key" ON "template_versions" USING btree ("template_id","number");--> statement-breakpoint
CREATE INDEX "idx_template_versions_organization" ON "template_versions" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "idx_template_versions_user" ON "template_versions" USING btree ("created_by");--> statement-breakpoint
ALTER TABLE "workspaces" ADD CONSTRAINT "workspaces_template_id_templates_id_fk" FOREIGN KEY ("template_id") REFERENCES "public"."templates"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "templates_name_key" ON "templates" USING btree ("organization_id","name");--> statement-breakpoint
ALTER TABLE "templates" DROP COLUMN "version";--> statement-breakpoint
ALTER TABLE "templates" DROP COLUMN "provider";--> statement-breakpoint
ALTER TABLE "templates" DROP COLUMN "parameters";