from django.apps import AppConfig


class PostsaleConfig(AppConfig):
    name = "postsale"
