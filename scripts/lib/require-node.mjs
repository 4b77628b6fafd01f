/* eslint-disable no-var -- even a very old Node must be able to read this and say what is wrong */
var NEEDED = '20.19';

export function requireNode() {
  var have = process.versions.node;
  if (isAtLeast(have, NEEDED)) return;
  console.error(
    'spt-flow needs Node.js ' +
      NEEDED +
      ' or newer, and this is ' +
      have +
      ': install Node.js 22 LTS, then run the command again',
  );
  process.exit(1);
}

export function isAtLeast(version, needed) {
  var have = version.split('.').map(Number);
  var want = needed.split('.').map(Number);
  return have[0] > want[0] || (have[0] === want[0] && have[1] >= want[1]);
}
