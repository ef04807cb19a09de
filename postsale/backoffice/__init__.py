"""The back office: settings, members, keys, the audit log, connections and their quarantine."""
