// Written so that even a very old Node can read it and say what is wrong.
import { requireNode } from './lib/require-node.mjs';

requireNode();
import('./lib/test-everything.mjs').then(function (module) {
  return module.testEverything(process.argv.slice(2));
});
