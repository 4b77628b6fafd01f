_spt_flow() {
  local words="login up list ssh code open logs terminal port-forward ports config-ssh connect apply start stop rebuild cancel keep-alive schedule delete workspace snapshot import template secret git dotfiles build domain project forge member group budget lifecycle policy sessions recording audit server coder agent infra whoami logout token version completion --help"
  if [ "$COMP_CWORD" -gt 1 ]; then
    case "${COMP_WORDS[1]}" in
      login) words="--no-browser --auth-method --oidc --with-token --server --help" ;;
      up) words="--repo-url --branch --depth --partial --no-submodules --name --template --preset --param --provider --on-server --dry-run --no-wait --output --server --help" ;;
      list) words="--output --server --help" ;;
      ssh) words="--forward-agent --local-forward --remote-forward --dynamic-forward --forward-only --ssh-option --server --help" ;;
      code) words="--no-browser --output --server --help" ;;
      open) words="--no-browser --output --server --help" ;;
      logs) words="--follow --level --source --grep --correlation-id --since --until --lines --output --server --help" ;;
      terminal) words="--server --help" ;;
      port-forward) words="--local --remote --output --server --help" ;;
      ports) words="--output --server --help" ;;
      config-ssh) words="--remove --output --server --help" ;;
      connect) words="--listen-port --output --server --help" ;;
      apply) words="--message --delete --dry-run --output --server --help" ;;
      start) words="--no-wait --output --server --help" ;;
      stop) words="--no-wait --output --server --help" ;;
      rebuild) words="--no-wait --output --server --help" ;;
      cancel) words="--output --server --help" ;;
      keep-alive) words="--for --end --output --server --help" ;;
      schedule) words="--start --stop --days --time-zone --holidays --idle --clear --output --server --help" ;;
      delete) words="--yes --force --no-wait --output --server --help" ;;
      workspace) words="stats backup restore clone --span --output --file --name --provider --server --help" ;;
      snapshot) words="create list restore clone download delete --name --output --yes --provider --file --server --help" ;;
      import) words="devpod --dry-run --output --server --help" ;;
      template) words="list show catalog push promote deprecate impact update rollback pool --output --to --repo-url --message --promote --undo --param --all --server --help" ;;
      secret) words="list set import history restore delete --project --workspace --organization --output --restart-apps --forever --yes --server --help" ;;
      git) words="login hosts logout --username --output --server --help" ;;
      dotfiles) words="set show clear --install-script --output --server --help" ;;
      build) words="run list logs cancel --ref --detach --output --follow --server --help" ;;
      domain) words="add list check remove --output --yes --server --help" ;;
      project) words="access restrict unrestrict share unshare --output --with-person --with-group --level --server --help" ;;
      forge) words="status sync run --output --branch --server --help" ;;
      member) words="list invite role password remove hand-over --output --role --email --transfer-to --stop --yes --server --help" ;;
      group) words="list create add remove rename delete --output --follows --server --help" ;;
      budget) words="show set export --output --month --server --help" ;;
      lifecycle) words="show set --output --idle --dormant --delete --server --help" ;;
      policy) words="check --workspace --data --bundle --output --server --help" ;;
      sessions) words="list end --all --workspace --kind --output --server --help" ;;
      recording) words="list play export policy --workspace --output --speed --longest-pause --file --format --mode --keep-days --server --help" ;;
      audit) words="list export verify --installation --actor --action --subject --result --since --until --limit --output --file --csv --public-key --compare --server --help" ;;
      server) words="join host unhost approve deny list --project --replace --output --show --name --yes --server --help" ;;
      coder) words="status template --output --server --help" ;;
      agent) words="show rotate revoke release dismiss releases rollout --output --yes --server --help" ;;
      infra) words="cost --pattern --workspaces --schedule --days-off --spot-discount --on-demand --nat-gateways --output --server --help" ;;
      whoami) words="--output --server --help" ;;
      logout) words="--server --help" ;;
      token) words="create list revoke --scope --expires-in-days --output --server --help" ;;
      version) words="--output --server --help" ;;
      completion) words="bash zsh fish --server --help" ;;
      *) words="" ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _spt_flow spt-flow
