#compdef spt-flow
_spt_flow() {
  local -a verbs
  verbs=(
    'login:sign in with the browser, or with a token'
    'up:open a git repository in a workspace, and wait until it runs'
    'list:list the workspaces'
    'ssh:log in to a workspace with OpenSSH, or run a command there; starts it when it is stopped'
    'code:open a workspace in VS Code with Remote-SSH; starts it when it is stopped'
    'open:show where the app of a workspace answers, and open it; starts it when it is stopped'
    'logs:show what a workspace and its app say; without a workspace, what all of them said'
    'terminal:open a terminal that outlives its connection, or run a command; needs no ssh on either side'
    'port-forward:make ports of a workspace reachable here, and ports of this machine there, until Ctrl-C'
    'ports:list what a workspace listens on, and who may open it where'
    'config-ssh:make workspaces hosts of ssh, scp, rsync and editors; adds one line to ~/.ssh/config'
    'connect:open a port here that leads to the SSH server of a workspace, for tools that can only dial, until Ctrl-C'
    'apply:change files of a workspace as one: checked, built, probed, undone if it fails'
    'start:start a workspace, and wait until it runs'
    'stop:stop a workspace; its files are kept'
    'rebuild:make the container of a workspace anew from its devcontainer; files stay'
    'cancel:cancel a start or a stop that is under way'
    'keep-alive:keep a workspace running for a while, whatever its schedule and idle time say'
    'schedule:show or set when a workspace starts and stops by itself, and why it runs now'
    'delete:delete a workspace with its files; the committed code stays'
    'workspace:more about one workspace, and copies of it'
    'snapshot:states of workspaces that the server keeps'
    'import:workspaces of other tools'
    'template:how workspaces are made, in versions'
    'secret:keys and passwords that workspaces find in their environment'
    'git:tokens for git hosts, which git in your workspaces asks for'
    'dotfiles:the repository that is applied to your home directory'
    'build:builds of projects, by their pipeline file'
    'domain:names of your own at which the app of a project answers'
    'project:who has access to a project'
    'forge:projects in GitLab'
    'member:the people of your organization'
    'group:groups of people, to share projects with'
    'budget:what running workspaces cost, and may cost'
    'lifecycle:how long workspaces of the organization live without use'
    'policy:rules for workspaces and infrastructure'
    'sessions:who is, or was, connected to workspaces'
    'recording:what terminals showed, where your organization records them'
    'audit:what was done in your organization, and proof that nobody changed it'
    'server:machines of your own, as workspaces'
    'coder:the Coder server on which workspaces may run'
    'agent:identities and versions of what runs in workspaces'
    'infra:what it takes to run on AWS'
    'whoami:show who is signed in, and where'
    'logout:sign out and forget the token'
    'token:API tokens for programs'
    'version:show the versions of this program and of the server'
    'completion:print the completion script of a shell'
  )
  if (( CURRENT == 2 )); then
    _describe 'command' verbs
    return
  fi
  case "$words[2]" in
    login) compadd -- --no-browser --auth-method --oidc --with-token --server --help ;;
    up) compadd -- --repo-url --branch --depth --partial --no-submodules --name --template --preset --param --provider --on-server --dry-run --no-wait --output --server --help ;;
    list) compadd -- --output --server --help ;;
    ssh) compadd -- --forward-agent --local-forward --remote-forward --dynamic-forward --forward-only --ssh-option --server --help ;;
    code) compadd -- --no-browser --output --server --help ;;
    open) compadd -- --no-browser --output --server --help ;;
    logs) compadd -- --follow --level --source --grep --correlation-id --since --until --lines --output --server --help ;;
    terminal) compadd -- --server --help ;;
    port-forward) compadd -- --local --remote --output --server --help ;;
    ports) compadd -- --output --server --help ;;
    config-ssh) compadd -- --remove --output --server --help ;;
    connect) compadd -- --listen-port --output --server --help ;;
    apply) compadd -- --message --delete --dry-run --output --server --help ;;
    start) compadd -- --no-wait --output --server --help ;;
    stop) compadd -- --no-wait --output --server --help ;;
    rebuild) compadd -- --no-wait --output --server --help ;;
    cancel) compadd -- --output --server --help ;;
    keep-alive) compadd -- --for --end --output --server --help ;;
    schedule) compadd -- --start --stop --days --time-zone --holidays --idle --clear --output --server --help ;;
    delete) compadd -- --yes --force --no-wait --output --server --help ;;
    workspace) compadd -- stats backup restore clone --span --output --file --name --provider --server --help ;;
    snapshot) compadd -- create list restore clone download delete --name --output --yes --provider --file --server --help ;;
    import) compadd -- devpod --dry-run --output --server --help ;;
    template) compadd -- list show catalog push promote deprecate impact update rollback pool --output --to --repo-url --message --promote --undo --param --all --server --help ;;
    secret) compadd -- list set import history restore delete --project --workspace --organization --output --restart-apps --forever --yes --server --help ;;
    git) compadd -- login hosts logout --username --output --server --help ;;
    dotfiles) compadd -- set show clear --install-script --output --server --help ;;
    build) compadd -- run list logs cancel --ref --detach --output --follow --server --help ;;
    domain) compadd -- add list check remove --output --yes --server --help ;;
    project) compadd -- access restrict unrestrict share unshare --output --with-person --with-group --level --server --help ;;
    forge) compadd -- status sync run --output --branch --server --help ;;
    member) compadd -- list invite role password remove hand-over --output --role --email --transfer-to --stop --yes --server --help ;;
    group) compadd -- list create add remove rename delete --output --follows --server --help ;;
    budget) compadd -- show set export --output --month --server --help ;;
    lifecycle) compadd -- show set --output --idle --dormant --delete --server --help ;;
    policy) compadd -- check --workspace --data --bundle --output --server --help ;;
    sessions) compadd -- list end --all --workspace --kind --output --server --help ;;
    recording) compadd -- list play export policy --workspace --output --speed --longest-pause --file --format --mode --keep-days --server --help ;;
    audit) compadd -- list export verify --installation --actor --action --subject --result --since --until --limit --output --file --csv --public-key --compare --server --help ;;
    server) compadd -- join host unhost approve deny list --project --replace --output --show --name --yes --server --help ;;
    coder) compadd -- status template --output --server --help ;;
    agent) compadd -- show rotate revoke release dismiss releases rollout --output --yes --server --help ;;
    infra) compadd -- cost --pattern --workspaces --schedule --days-off --spot-discount --on-demand --nat-gateways --output --server --help ;;
    whoami) compadd -- --output --server --help ;;
    logout) compadd -- --server --help ;;
    token) compadd -- create list revoke --scope --expires-in-days --output --server --help ;;
    version) compadd -- --output --server --help ;;
    completion) compadd -- bash zsh fish --server --help ;;
  esac
}
compdef _spt_flow spt-flow
