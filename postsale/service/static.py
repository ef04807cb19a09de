"""How our scripts, styles and pictures are stored: under names that carry their content's hash, compressed."""

from servestatic.storage import CompressedManifestStaticFilesStorage


class ModuleStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # servestatic ships no types
    """Also rewrites what ES modules import from each other."""

    support_js_module_import_aggregation = True
