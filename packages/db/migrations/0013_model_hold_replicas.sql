ALTER TABLE "model_holds" ADD COLUMN "replica_id" uuid;--> statement-breakpoint
ALTER TABLE "model_holds" ADD CONSTRAINT "model_holds_replica_id_replicas_id_fk" FOREIGN KEY ("replica_id") REFERENCES "public"."replicas"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_model_holds_replica" ON "model_holds" USING btree ("replica_id");