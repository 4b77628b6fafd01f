CREATE TABLE "workspace_log_heads" (
	"workspace_id" uuid PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "workspace_log_heads" ADD CONSTRAINT "workspace_log_heads_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
INSERT INTO "workspace_log_heads" ("workspace_id", "seq") SELECT "workspace_id", max("seq") FROM "workspace_logs" GROUP BY "workspace_id";
