{{- define "spt-flow.labels" -}}
{{ include "spt-flow.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: spt-flow
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "spt-flow.selector" -}}
app.kubernetes.io/name: spt-flow
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: control-plane
{{- end }}

{{- define "spt-flow.postgres-labels" -}}
{{ include "spt-flow.postgres-selector" . }}
app.kubernetes.io/managed-by: spt-flow
{{- end }}

{{- define "spt-flow.postgres-selector" -}}
app.kubernetes.io/name: spt-flow
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: postgres
{{- end }}

{{- define "spt-flow.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "spt-flow.host" -}}
{{ (urlParse .Values.publicUrl).hostname }}
{{- end }}

{{- define "spt-flow.container-security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
