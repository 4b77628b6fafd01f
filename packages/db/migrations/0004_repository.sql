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
ALTER TABLE "projects" ADD COLUMN "clone_options" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "dotfiles" ADD CONSTRAINT "dotfiles_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dotfiles" ADD CONSTRAINT "dotfiles_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "git_logins" ADD CONSTRAINT "git_logins_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "git_logins" ADD CONSTRAINT "git_logins_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_dotfiles_organization" ON "dotfiles" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "idx_git_logins_organization" ON "git_logins" USING btree ("organization_id");