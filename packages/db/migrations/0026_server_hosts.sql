CREATE TABLE "server_hosts" (
	"workspace_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "workspace_leftovers" ALTER COLUMN "provider" SET DATA TYPE varchar(64);--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "host_id" uuid;--> statement-breakpoint
ALTER TABLE "server_hosts" ADD CONSTRAINT "server_hosts_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "server_hosts" ADD CONSTRAINT "server_hosts_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_server_hosts_organization" ON "server_hosts" USING btree ("organization_id");--> statement-breakpoint
ALTER TABLE "workspaces" ADD CONSTRAINT "workspaces_host_id_server_hosts_workspace_id_fk" FOREIGN KEY ("host_id") REFERENCES "public"."server_hosts"("workspace_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_workspaces_host" ON "workspaces" USING btree ("host_id");