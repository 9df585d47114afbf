locals {
  # title => unit, filter, aligner, reducer, label that lines are told apart by
  charts = [
    ["Requests a second, by function", "1/s", "${local.run}/request_count\"", "ALIGN_RATE", "REDUCE_SUM", "resource.label.service_name"],
    ["Answers that failed, a second", "1/s", "${local.run}/request_count\" metric.label.response_code_class=\"5xx\"", "ALIGN_RATE", "REDUCE_SUM", "resource.label.service_name"],
    ["Slowest of a hundred, ms", "ms", "${local.run}/request_latencies\"", "ALIGN_PERCENTILE_99", "REDUCE_MAX", "resource.label.service_name"],
    ["Instances", "1", "${local.run}/container/instance_count\"", "ALIGN_MAX", "REDUCE_SUM", "resource.label.service_name"],
    ["Front door: answers a second, by code", "1/s", "resource.type=\"https_lb_rule\" metric.type=\"loadbalancing.googleapis.com/https/request_count\"", "ALIGN_RATE", "REDUCE_SUM", "metric.label.response_code_class"],
    ["Events that wait", "1", "${local.pubsub}/num_undelivered_messages\"", "ALIGN_MAX", "REDUCE_SUM", "resource.label.subscription_id"],
    ["Age of the oldest event, s", "s", "${local.pubsub}/oldest_unacked_message_age\"", "ALIGN_MAX", "REDUCE_MAX", "resource.label.subscription_id"],
    ["Spanner: processors in use", "1", "resource.type=\"spanner_instance\" metric.type=\"spanner.googleapis.com/instance/cpu/utilization_by_priority\"", "ALIGN_MEAN", "REDUCE_SUM", "metric.label.priority"],
    ["Redis: memory in use", "1", "resource.type=\"redis_instance\" metric.type=\"redis.googleapis.com/stats/memory/usage_ratio\"", "ALIGN_MEAN", "REDUCE_MAX", "resource.label.instance_id"],
    ["Errors that functions report", "1", "resource.type=\"cloud_run_revision\" metric.type=\"logging.googleapis.com/user/suite/errors\"", "ALIGN_DELTA", "REDUCE_SUM", "metric.label.function"],
  ]

  tiles = [
    for index, it in local.charts : {
      xPos = (index % 2) * 24, yPos = floor(index / 2) * 16, width = 24, height = 16
      widget = {
        title = it[0]
        xyChart = {
          yAxis = { label = it[1], scale = "LINEAR" }
          dataSets = [{
            plotType = "LINE"
            timeSeriesQuery = {
              timeSeriesFilter = {
                filter = it[2]
                aggregation = {
                  alignmentPeriod = "60s", perSeriesAligner = it[3], crossSeriesReducer = it[4], groupByFields = [it[5]]
                }
              }
            }
          }]
        }
      }
    }
  ]
}

resource "google_monitoring_dashboard" "suite" {
  dashboard_json = jsonencode({
    displayName  = "e-Rejestracja"
    mosaicLayout = { columns = 48, tiles = local.tiles }
  })

  depends_on = [google_project_service.suite]
}
