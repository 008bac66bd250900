"""Which classes belong together: Louvain communities of the conflict graph."""

from .louvain import Clustering, Clusters, one_cluster

__all__ = ["Clustering", "Clusters", "one_cluster"]
