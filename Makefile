.PHONY: run migrate test

run:
	npm run dev

migrate:
	npm run migrate

test:
	npm test
