package deploytest_test

// documented are the properties of a function and its triggers that fc3 knows,
// as far as this project may want them: a path (of a list [], of any name *, of a
// trigger's configuration the trigger's type in parentheses), what the value is,
// and what is allowed.
//
// Source: the schema of Serverless Devs' component fc3, its documentation of
// triggers, and for what that leaves open (eventbridge) the structures of
// Function Compute's API 2023-03-30.
const documented = `
region                  text    required of=ap-northeast-1|ap-northeast-2|ap-south-1|ap-southeast-1|ap-southeast-2|ap-southeast-3|ap-southeast-5|ap-southeast-7|cn-beijing|cn-chengdu|cn-hangzhou|cn-hongkong|cn-huhehaote|cn-qingdao|cn-shanghai|cn-shenzhen|cn-wulanchabu|cn-zhangjiakou|eu-central-1|eu-west-1|me-central-1|us-east-1|us-west-1
functionName            text    required like=[a-zA-Z_][a-zA-Z0-9_-]{0,127}
description             text    like=.{0,256}
runtime                 text    required of=custom|custom.debian10|custom.debian11|custom.debian12|go1
handler                 text
code                    text    required
cpu                     number  0.05..16 step=0.05
memorySize              number  128..32768 step=64
diskSize                number  of=512|10240
timeout                 number  required 1..86400 step=1
instanceConcurrency     number  1..200 step=1
internetAccess          bool
role                    text    like=acs:ram::[0-9]{16}:role/[a-zA-Z0-9.@-]{1,64}
environmentVariables    object
environmentVariables.*  text
layers                  list
layers[]                text
tags                    list
tags[]                  object
tags[].key              text    required
tags[].value            text    required

logConfig                       auto
logConfig.project               text required
logConfig.logstore              text required
logConfig.enableRequestMetrics  bool
logConfig.enableInstanceMetrics bool
logConfig.logBeginRule          text of=DefaultRegex|None

vpcConfig                  auto
vpcConfig.vpcId            text required
vpcConfig.vSwitchIds       list required
vpcConfig.vSwitchIds[]     text
vpcConfig.securityGroupId  text required

customRuntimeConfig                                       object
customRuntimeConfig.command                               list required
customRuntimeConfig.command[]                             text
customRuntimeConfig.args                                  list
customRuntimeConfig.args[]                                text
customRuntimeConfig.port                                  number 1..65535 step=1
customRuntimeConfig.healthCheckConfig                     object
customRuntimeConfig.healthCheckConfig.httpGetUrl          text
customRuntimeConfig.healthCheckConfig.initialDelaySeconds number
customRuntimeConfig.healthCheckConfig.periodSeconds       number
customRuntimeConfig.healthCheckConfig.timeoutSeconds      number
customRuntimeConfig.healthCheckConfig.failureThreshold    number
customRuntimeConfig.healthCheckConfig.successThreshold    number

instanceLifecycleConfig                     object
instanceLifecycleConfig.initializer         object
instanceLifecycleConfig.initializer.handler text
instanceLifecycleConfig.initializer.timeout number 1..300
instanceLifecycleConfig.preStop             object
instanceLifecycleConfig.preStop.handler     text
instanceLifecycleConfig.preStop.timeout     number 1..90
concurrencyConfig                           object
concurrencyConfig.reservedConcurrency       number required step=1

asyncInvokeConfig                                       object
asyncInvokeConfig.maxAsyncRetryAttempts                 number 0..8 step=1
asyncInvokeConfig.maxAsyncEventAgeInSeconds             number 1..2592000 step=1
asyncInvokeConfig.asyncTask                             bool
asyncInvokeConfig.qualifier                             text
asyncInvokeConfig.destinationConfig                     object
asyncInvokeConfig.destinationConfig.onSuccess             object
asyncInvokeConfig.destinationConfig.onSuccess.destination text required like=acs:(fc|mns):.+
asyncInvokeConfig.destinationConfig.onFailure             object
asyncInvokeConfig.destinationConfig.onFailure.destination text required like=acs:mns:[a-z0-9-]+:[0-9]{16}:/queues/[a-zA-Z0-9-]+/messages

triggers                    list required
triggers[]                  object
triggers[].triggerName      text required like=[a-zA-Z_][a-zA-Z0-9_-]{0,127}
triggers[].triggerType      text required of=http|timer|eventbridge
triggers[].description      text
triggers[].qualifier        text
triggers[].sourceArn        text
triggers[].invocationRole   text
triggers[].triggerConfig    object required

triggers[].triggerConfig(http)                     object
triggers[].triggerConfig(http).authType            text required of=anonymous|function|jwt
triggers[].triggerConfig(http).methods             list required
triggers[].triggerConfig(http).methods[]           text of=DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT
triggers[].triggerConfig(http).disableURLInternet  bool

triggers[].triggerConfig(timer)                object
triggers[].triggerConfig(timer).cronExpression text required like=@every\s[1-9][0-9]*m|(CRON_TZ=\S+\s)?(\S+\s){5}\S+
triggers[].triggerConfig(timer).enable         bool required
triggers[].triggerConfig(timer).payload        text

triggers[].triggerConfig(eventbridge)                        object
triggers[].triggerConfig(eventbridge).triggerEnable          bool required
triggers[].triggerConfig(eventbridge).asyncInvocationType    bool required
triggers[].triggerConfig(eventbridge).eventRuleFilterPattern text required
triggers[].triggerConfig(eventbridge).eventSourceConfig                                                             object required
triggers[].triggerConfig(eventbridge).eventSourceConfig.eventSourceType                                             text required of=MNS
triggers[].triggerConfig(eventbridge).eventSourceConfig.eventSourceParameters                                       object required
triggers[].triggerConfig(eventbridge).eventSourceConfig.eventSourceParameters.sourceMNSParameters                   object required
triggers[].triggerConfig(eventbridge).eventSourceConfig.eventSourceParameters.sourceMNSParameters.RegionId          text
triggers[].triggerConfig(eventbridge).eventSourceConfig.eventSourceParameters.sourceMNSParameters.QueueName         text required like=[a-zA-Z0-9][a-zA-Z0-9-]{0,119}
triggers[].triggerConfig(eventbridge).eventSourceConfig.eventSourceParameters.sourceMNSParameters.IsBase64Decode    bool
triggers[].triggerConfig(eventbridge).eventSinkConfig                                 object required
triggers[].triggerConfig(eventbridge).eventSinkConfig.deliveryOption                  object required
triggers[].triggerConfig(eventbridge).eventSinkConfig.deliveryOption.mode             text of=event-streaming|event-driven
triggers[].triggerConfig(eventbridge).eventSinkConfig.deliveryOption.eventSchema      text of=CloudEvents|RawData
triggers[].triggerConfig(eventbridge).runOptions                                        object required
triggers[].triggerConfig(eventbridge).runOptions.mode                                   text required of=event-streaming|event-driven
triggers[].triggerConfig(eventbridge).runOptions.maximumTasks                           number 1..100 step=1
triggers[].triggerConfig(eventbridge).runOptions.errorsTolerance                        text of=ALL|NONE
triggers[].triggerConfig(eventbridge).runOptions.retryStrategy                          object
triggers[].triggerConfig(eventbridge).runOptions.retryStrategy.PushRetryStrategy        text required of=BACKOFF_RETRY|EXPONENTIAL_DECAY_RETRY
triggers[].triggerConfig(eventbridge).runOptions.retryStrategy.MaximumEventAgeInSeconds number 0..86400 step=1
triggers[].triggerConfig(eventbridge).runOptions.retryStrategy.MaximumRetryAttempts     number 0..176 step=1
triggers[].triggerConfig(eventbridge).runOptions.deadLetterQueue                        object
triggers[].triggerConfig(eventbridge).runOptions.deadLetterQueue.Arn                    text required like=acs:mns:[a-z0-9-]+:[0-9]{16}:/queues/[a-zA-Z0-9-]+
triggers[].triggerConfig(eventbridge).runOptions.batchWindow                            object
triggers[].triggerConfig(eventbridge).runOptions.batchWindow.CountBasedWindow           number required 1..10000 step=1
triggers[].triggerConfig(eventbridge).runOptions.batchWindow.TimeBasedWindow            number required 0..15 step=1
`
