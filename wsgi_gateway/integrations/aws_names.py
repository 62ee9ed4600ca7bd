"""The names that AWS's services have in the URIs of integrations.

::

    >>> candidates("states")
    ('stepfunctions', 'states')

A URI names a service by the first part of its host: ``monitoring``, ``runtime.sagemaker``. Botocore names
most services the same, and these otherwise; some hosts serve several of its services.

``iotdata`` is API Gateway's own name for the data plane of IoT, and what stands before it is the endpoint of
an account: ``a1b2c3-ats.iotdata`` is at ``a1b2c3-ats.iot.REGION.amazonaws.com``.

Not for: services that botocore has not; a newer botocore may have more.

Source: ``endpointPrefix`` in botocore's service descriptions; for ``iotdata`` AWS Solutions Constructs,
aws-apigateway-iot, and https://docs.aws.amazon.com/iot/latest/developerguide/iot-connect-devices.html
"""

from __future__ import annotations


def candidates(name: str) -> tuple[str, ...]:
    """Botocore's names for what a URI calls ``name``, likeliest first; not all of them need exist."""
    known = _OTHERWISE.get(name, ())
    return known if name in known else (*known, name)


def host_behind(subdomain: str, service: str, host: str) -> str:
    """Where a subdomain (with its dot, or empty) leads. ``service``, ``host``: botocore's, without one."""
    return subdomain + (host.removeprefix(_FOR_ANY_ACCOUNT.get(service, "")) if subdomain else host)


_FOR_ANY_ACCOUNT = {"iot-data": "data-ats."}

_TABLE = (
    "a2i-runtime.sagemaker=sagemaker-a2i-runtime access-analyzer=accessanalyzer "
    "aco-automation=compute-optimizer-automation admin.wickr=wickr "
    "agreement-marketplace=marketplace-agreement aidevops=devops-agent airflow-serverless=mwaa-serverless "
    "airflow=mwaa aoss=opensearchserverless api.detective=detective api.ecr-public=ecr-public api.ecr=ecr "
    "api.iotdeviceadvisor=iotdeviceadvisor api.iotmanagedintegrations=iot-managed-integrations "
    "api.iotwireless=iotwireless api.mediatailor=mediatailor api.pricing=pricing api.sagemaker=sagemaker "
    "api.tunneling.iot=iotsecuretunneling apigateway=apigateway,apigatewayv2 "
    "app-integrations=appintegrations application-cost-profiler=applicationcostprofiler "
    "applicationinsights=application-insights appstream2=appstream aps=amp backup-search=backupsearch "
    "cases=connectcases cassandra-streams=keyspacesstreams cassandra=keyspaces "
    "catalog.marketplace=marketplace-catalog cleanrooms-ml=cleanroomsml cloudcontrolapi=cloudcontrol "
    "cloudwatch-omni=cloudwatchomni codeguru-profiler=codeguruprofiler "
    "connect-campaigns=connectcampaigns,connectcampaignsv2 connect=connect,connectscheduling "
    "contact-lens=connect-contact-lens controlplane.payment-cryptography=payment-cryptography "
    "data-ats.iot=iot-data data-signer=signer-data data.iot=iot-data data.jobs.iot=iot-jobs-data "
    "data.mediastore=mediastore-data data.qapps=qapps "
    "dataplane.payment-cryptography=payment-cryptography-data "
    "deployment-marketplace=marketplace-deployment discovery-marketplace=marketplace-discovery "
    "edge.sagemaker=sagemaker-edge elasticfilesystem=efs elasticloadbalancing=elb,elbv2 "
    "elasticmapreduce=emr elemental-inference=elementalinference email=ses,sesv2,pinpoint-email "
    "end-user-messaging=endusermessaging entitlement.marketplace=marketplace-entitlement es=es,opensearch "
    "eventsv2=eventbridgev2 execute-api=apigatewaymanagementapi "
    "featurestore-runtime.sagemaker=sagemaker-featurestore-runtime geo=location "
    "greengrass=greengrass,greengrassv2 health-agent=connecthealth identity-chime=chime-sdk-identity "
    "inferencerouter-runtime.sagemaker=sagemaker-inference-router-runtime "
    "ingest.timestream=timestream-write iotdata=iot-data ivsrealtime=ivs-realtime "
    "job-runtime.sagemaker=sagemakerjobruntime kinesisanalytics=kinesisanalytics,kinesisanalyticsv2 "
    "kinesisvideo=kinesisvideo launchwizard=launch-wizard mail-manager=mailmanager "
    "media-pipelines-chime=chime-sdk-media-pipelines meetings-chime=chime-sdk-meetings memory-db=memorydb "
    "messaging-chime=chime-sdk-messaging metering.marketplace=meteringmarketplace "
    "metrics.sagemaker=sagemaker-metrics migrationhub-orchestrator=migrationhuborchestrator "
    "migrationhub-strategy=migrationhubstrategy models-v2-lex=lexv2-models models.lex=lex-models "
    "monitoring=cloudwatch mturk-requester=mturk neptune-db=neptunedata "
    "notifications-contacts=notificationscontacts oidc=sso-oidc osm=opensearchmemory "
    "participant.connect=connectparticipant partnercentral-prm=partnercentral-revenue-measurement "
    "portal.sso=sso pricingplanmanager=pricing-plan-manager profile=customer-profiles "
    "query.timestream=timestream-query rds=rds,docdb,neptune "
    "refactor-spaces=migration-hub-refactor-spaces reporting-marketplace=marketplace-reporting "
    "resiliencehub=resiliencehub,resiliencehubv2 runtime-v2-lex=lexv2-runtime runtime.lex=lex-runtime "
    "runtime.sagemaker=sagemaker-runtime s3-control=s3control s3-outposts=s3outposts scn=supplychain "
    "sdb=sdb,simpledbv2 servicequotas=service-quotas sms-voice.pinpoint=pinpoint-sms-voice,sms-voice "
    "sms-voice=pinpoint-sms-voice-v2 social-messaging=socialmessaging sso=sso-admin states=stepfunctions "
    "streams.dynamodb=dynamodbstreams supportapp=support-app tagging=resourcegroupstaggingapi "
    "tax=taxsettings thinclient=workspaces-thin-client "
    "training-session-runtime.sagemaker=sagemakertrainingsessionruntime voice-chime=chime-sdk-voice "
    "voiceid=voice-id wisdom=wisdom,qconnect"
)
_OTHERWISE: dict[str, tuple[str, ...]] = {
    prefix: tuple(names.split(",")) for prefix, _, names in (entry.partition("=") for entry in _TABLE.split())
}
