"""Aggregates user records, given as JSON on stdin: [[key, data, hash key or null], ...]. Prints what to put into the stream."""

import base64
import json
import sys

from aws_kinesis_agg.aggregator import RecordAggregator

aggregator = RecordAggregator()
for key, data, hash_key in json.load(sys.stdin):
    aggregator.add_user_record(key, data.encode(), hash_key)
partition_key, explicit_hash_key, data = aggregator.clear_and_get().get_contents()
put = {"PartitionKey": partition_key, "Data": base64.b64encode(data).decode()}
if explicit_hash_key is not None:
    put["ExplicitHashKey"] = explicit_hash_key
json.dump(put, sys.stdout)
