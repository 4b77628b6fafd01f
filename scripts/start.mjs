// Written so that even a very old Node can read it and say what is wrong.
import { requireNode } from './lib/require-node.mjs';

requireNode();
import('./lib/start-product.mjs').then(function (module) {
  return module.startProduct(process.argv.slice(2));
});
