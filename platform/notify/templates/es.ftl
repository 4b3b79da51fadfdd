# Un código de un solo uso.
code = { $code } es su código para { $brand }. Vale durante diez minutos. No se lo dé a nadie.
    .subject = Su código para { $brand }: { $code }
    .sms = { $code } es su código para { $brand }. No se lo dé a nadie.

# Al contacto de un webhook que se ha desactivado.
webhook_off = El webhook en { $host } no responde desde hace cinco días y se ha desactivado.

    Lo ocurrido desde entonces no se le ha entregado. Actívelo de nuevo cuando responda.
    .subject = { $brand }: se ha desactivado un webhook
    .sms = { $brand }: el webhook en { $host } no responde y se ha desactivado.
