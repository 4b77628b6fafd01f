.PHONY: run migrate test

run:
	npm run dev

# The control plane brings its database up to date when it starts.
migrate:
	npm start -- --migrate-only

test:
	npm test
