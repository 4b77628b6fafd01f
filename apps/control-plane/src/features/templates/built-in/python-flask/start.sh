if [ ! -f requirements.txt ] || [ "$SPT_FLOW_INSTALL" != true ]; then exit 0; fi
if [ "$SPT_FLOW_CLEAN_INSTALL" = true ]; then rm -rf .venv; fi
if [ -x .venv/bin/python ]; then exit 0; fi
python3 -m venv .venv && .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
