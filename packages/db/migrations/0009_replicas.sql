CREATE TABLE "replicas" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"address" varchar(255),
	"beat" integer DEFAULT 0 NOT NULL,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "change_sets" ADD COLUMN "replica_id" uuid;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "replica_id" uuid;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "replica_id" uuid;--> statement-breakpoint
ALTER TABLE "change_sets" ADD CONSTRAINT "change_sets_replica_id_replicas_id_fk" FOREIGN KEY ("replica_id") REFERENCES "public"."replicas"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "turns" ADD CONSTRAINT "turns_replica_id_replicas_id_fk" FOREIGN KEY ("replica_id") REFERENCES "public"."replicas"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspaces" ADD CONSTRAINT "workspaces_replica_id_replicas_id_fk" FOREIGN KEY ("replica_id") REFERENCES "public"."replicas"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_change_sets_replica" ON "change_sets" USING btree ("replica_id");--> statement-breakpoint
CREATE INDEX "idx_turns_replica" ON "turns" USING btree ("replica_id");--> statement-breakpoint
CREATE INDEX "idx_workspaces_replica" ON "workspaces" USING btree ("replica_id");