locals {
  # What is seen at a glance, two in a row; lines are told apart by a label.
  charts = [
    {
      title  = "Requests a second, by function", unit = "1/s"
      filter = "${local.run}/request_count\""
      align  = "ALIGN_RATE", reduce = "REDUCE_SUM", by = "resource.label.service_name"
    },
    {
      title  = "Answers that failed, a second", unit = "1/s"
      filter = "${local.run}/request_count\" metric.label.response_code_class=\"5xx\""
      align  = "ALIGN_RATE", reduce = "REDUCE_SUM", by = "resource.label.service_name"
    },
    {
      title  = "Slowest of a hundred, ms", unit = "ms"
      filter = "${local.run}/request_latencies\""
      align  = "ALIGN_PERCENTILE_99", reduce = "REDUCE_MAX", by = "resource.label.service_name"
    },
    {
      title  = "Instances", unit = "1"
      filter = "${local.run}/container/instance_count\""
      align  = "ALIGN_MAX", reduce = "REDUCE_SUM", by = "resource.label.service_name"
    },
    {
      title  = "Front door: answers a second, by code", unit = "1/s"
      filter = "resource.type=\"https_lb_rule\" metric.type=\"loadbalancing.googleapis.com/https/request_count\""
      align  = "ALIGN_RATE", reduce = "REDUCE_SUM", by = "metric.label.response_code_class"
    },
    {
      title  = "Events that wait", unit = "1"
      filter = "${local.pubsub}/num_undelivered_messages\""
      align  = "ALIGN_MAX", reduce = "REDUCE_SUM", by = "resource.label.subscription_id"
    },
    {
      title  = "Age of the oldest event, s", unit = "s"
      filter = "${local.pubsub}/oldest_unacked_message_age\""
      align  = "ALIGN_MAX", reduce = "REDUCE_MAX", by = "resource.label.subscription_id"
    },
    {
      title  = "Spanner: processors in use", unit = "1"
      filter = "resource.type=\"spanner_instance\" metric.type=\"spanner.googleapis.com/instance/cpu/utilization_by_priority\""
      align  = "ALIGN_MEAN", reduce = "REDUCE_SUM", by = "metric.label.priority"
    },
    {
      title  = "Redis: memory in use", unit = "1"
      filter = "resource.type=\"redis_instance\" metric.type=\"redis.googleapis.com/stats/memory/usage_ratio\""
      align  = "ALIGN_MEAN", reduce = "REDUCE_MAX", by = "resource.label.instance_id"
    },
    {
      title  = "Errors that functions report", unit = "1"
      filter = "resource.type=\"cloud_run_revision\" metric.type=\"logging.googleapis.com/user/suite/errors\""
      align  = "ALIGN_DELTA", reduce = "REDUCE_SUM", by = "metric.label.function"
    },
  ]

  tiles = [
    for index, it in local.charts : {
      xPos = (index % 2) * 24, yPos = floor(index / 2) * 16, width = 24, height = 16
      widget = {
        title = it.title
        xyChart = {
          yAxis = { label = it.unit, scale = "LINEAR" }
          dataSets = [{
            plotType = "LINE"
            timeSeriesQuery = {
              timeSeriesFilter = {
                filter = it.filter
                aggregation = {
                  alignmentPeriod = "60s", perSeriesAligner = it.align, crossSeriesReducer = it.reduce, groupByFields = [it.by]
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
