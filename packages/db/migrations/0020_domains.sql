CREATE TABLE "custom_domains" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"organization_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"name" varchar(253) NOT NULL,
	"state" varchar(20) DEFAULT 'pending' NOT NULL,
	"problem" varchar(20),
	"proof_missing_since" timestamp (3) with time zone,
	"claimed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"checked_at" timestamp (3) with time zone,
	"next_check_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "custom_domains_claim_key" UNIQUE("organization_id","name")
);
--> statement-breakpoint
ALTER TABLE "custom_domains" ADD CONSTRAINT "custom_domains_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "custom_domains" ADD CONSTRAINT "custom_domains_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "custom_domains_owner_key" ON "custom_domains" USING btree ("name") WHERE "custom_domains"."state" <> 'pending';--> statement-breakpoint
CREATE INDEX "idx_custom_domains_project" ON "custom_domains" USING btree ("project_id");--> statement-breakpoint
CREATE INDEX "idx_custom_domains_next_check" ON "custom_domains" USING btree ("next_check_at");