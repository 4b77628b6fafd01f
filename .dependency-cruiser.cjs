module.exports = require('@spt-flow/tooling/depcruise');
