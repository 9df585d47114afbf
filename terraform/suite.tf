# The one description, as functions, emulators and documents read it.
locals {
  suite = yamldecode(file("${path.module}/../functions/suite.yaml"))

  functions = local.suite.functions
  topics    = local.suite.topics
  push      = local.suite.push

  public    = { for name, it in local.functions : name => it if try(it.public, false) }
  scheduled = { for name, it in local.functions : name => it if it.trigger == "schedule" }

  # Cloud Run names a function's service so: no underscores.
  service = { for name in keys(local.functions) : name => replace(name, "_", "-") }

  # "function/use" and "topic/function": fixed keys, so that no plan depends on computed values.
  uses = merge([
    for name, it in local.functions : { for use in it.uses : "${name}/${use}" => { function = name, use = use } }
  ]...)
  subscriptions = merge([
    for name, it in local.functions : {
      for topic in try(it.topics, []) : "${topic}-${name}" => { topic = topic, function = name }
    }
  ]...)

  # Functions by a store that they may touch.
  using = {
    for use in distinct(flatten([for it in local.functions : it.uses])) :
    use => toset([for name, it in local.functions : name if contains(it.uses, use)])
  }
}
