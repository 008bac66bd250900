"""Which classes belong together: Louvain communities of the conflict graph."""

from .louvain import Clusters, find_clusters, one_cluster

__all__ = ["Clusters", "find_clusters", "one_cluster"]
