if [ ! -f package.json ] || [ "$SPT_FLOW_INSTALL" != true ]; then exit 0; fi
if [ "$SPT_FLOW_CLEAN_INSTALL" = true ]; then rm -rf node_modules; fi
if [ -d node_modules ]; then exit 0; fi
if [ -f package-lock.json ]; then npm ci --no-audit --no-fund; else npm install --no-audit --no-fund; fi
