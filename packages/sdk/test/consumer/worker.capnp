using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .sdk),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
);

const sdk :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.bundle.js")],
  bindings = [(name = "API", fromEnvironment = "API")],
  compatibilityDate = "2026-01-01",
);
