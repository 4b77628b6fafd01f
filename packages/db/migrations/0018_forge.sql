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
ALTER TABLE "forge_deliveries" ADD CONSTRAINT "forge_deliveries_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "forge_links" ADD CONSTRAINT "forge_links_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "forge_links" ADD CONSTRAINT "forge_links_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_forge_deliveries_received" ON "forge_deliveries" USING btree ("received_at");--> statement-breakpoint
CREATE INDEX "idx_forge_links_due" ON "forge_links" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "idx_forge_links_organization" ON "forge_links" USING btree ("organization_id","state");