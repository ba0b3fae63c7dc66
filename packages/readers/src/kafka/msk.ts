// What finding brokers needs of MSK, loaded when it is first used. Nothing of ours may be in here, or a bundle would hold it twice.
export { GetBootstrapBrokersCommand, KafkaClient } from '@aws-sdk/client-kafka'
