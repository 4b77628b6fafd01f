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

{{- /* A volume that all nodes mount is what lets a second one run. */ -}}
{{- define "spt-flow.replicas" -}}
{{- $shared := eq .Values.persistence.accessMode "ReadWriteMany" -}}
{{- $replicas := .Values.replicas | default (ternary 2 1 $shared) | int -}}
{{- if and (gt $replicas 1) (not $shared) -}}
{{- fail (printf "replicas=%d need one volume for all, since repositories are folders of it: set persistence.accessMode=ReadWriteMany and a persistence.storageClass that has it (EFS, CephFS, NFS), or replicas=1" $replicas) -}}
{{- end -}}
{{ $replicas }}
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

{{- define "spt-flow.pre-pull-labels" -}}
{{ include "spt-flow.pre-pull-selector" . }}
app.kubernetes.io/managed-by: spt-flow
{{- end }}

{{- define "spt-flow.pre-pull-selector" -}}
app.kubernetes.io/name: spt-flow
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: pre-pull
{{- end }}

{{- /* Of the chart and one of its mirror.upstreams. */ -}}
{{- define "spt-flow.mirror-labels" -}}
{{ include "spt-flow.mirror-selector" . }}
app.kubernetes.io/managed-by: spt-flow
{{- end }}

{{- define "spt-flow.mirror-selector" -}}
app.kubernetes.io/name: spt-flow
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: mirror-{{ (index . 1).name }}
{{- end }}

{{- define "spt-flow.egress-names" -}}
- to:
    - namespaceSelector:
        matchLabels: { kubernetes.io/metadata.name: kube-system }
      podSelector:
        matchLabels: { k8s-app: kube-dns }
  ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
{{- end }}

{{- /* Neither the cluster's own addresses nor the cloud's metadata. */ -}}
{{- define "spt-flow.egress-internet" -}}
- to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 169.254.0.0/16]
  ports:
    - { protocol: TCP, port: 443 }
{{- end }}
