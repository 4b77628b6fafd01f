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
ALTER TABLE "workspace_lifecycles" ADD COLUMN "dormant_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "workspace_lifecycles" ADD COLUMN "woken_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "workspace_lifecycles" ADD COLUMN "deletes_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "workspace_snapshots" ADD CONSTRAINT "workspace_snapshots_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspace_snapshots" ADD CONSTRAINT "workspace_snapshots_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_workspace_snapshots_organization" ON "workspace_snapshots" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "idx_workspace_snapshots_owner" ON "workspace_snapshots" USING btree ("owner_id");--> statement-breakpoint
CREATE UNIQUE INDEX "workspace_snapshots_name_key" ON "workspace_snapshots" USING btree ("workspace_id","name");